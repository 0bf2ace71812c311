// Questions of the first steps, and what answers them: plain values, for a terminal, a page or a script. Types alone.

export interface Choice {
  readonly value: string;
  /** One line for people. */
  readonly label: string;
}

interface Asked {
  /** `broker`, `camera-password`: stays what it is over versions. */
  readonly id: string;
  readonly message: string;
}

export type Question =
  | (Asked & { readonly kind: 'choose'; readonly choices: readonly Choice[]; readonly usual: string })
  | (Asked & {
      readonly kind: 'choose-many';
      readonly choices: readonly Choice[];
      readonly usual: readonly string[];
    })
  | (Asked & { readonly kind: 'text'; readonly usual: string })
  /** Never shown nor logged; its usual answer is nothing, which leaves out what it is for. */
  | (Asked & { readonly kind: 'password' });

export interface AnswerTo {
  choose: string;
  'choose-many': readonly string[];
  text: string;
  password: string;
}
