// What was looked at -> one finding: how bad it is, what was seen, what was expected, what to do. Pure.

export const SEVERITIES = ['ok', 'note', 'warning', 'error'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What `--fix` may do: nothing that takes back what somebody chose, and nothing that a second run would not do again. */
export type Remedy =
  /** Debian packages, which all findings install together. */
  | { readonly install: readonly [string, ...string[]] }
  | { readonly run: readonly [string, ...string[]]; readonly asRoot: boolean };

export interface Finding {
  /** `disk.state`, `cameras.door`; stays what it is over versions. */
  readonly id: string;
  readonly severity: Severity;
  readonly seen: string;
  /** Nothing where all is well. */
  readonly expected?: string;
  /** A command to type, or a sentence. */
  readonly advice?: string;
  readonly remedy?: Remedy;
}

/** A command to type or a sentence, or what `--fix` may do as well. */
type Todo = string | Remedy;

export function ok(id: string, seen: string): Finding {
  return { id, severity: 'ok', seen };
}

/** Good to know; nothing has to be done. */
export function note(id: string, seen: string, expected?: string, todo?: Todo): Finding {
  return { id, severity: 'note', seen, ...(expected !== undefined && { expected }), ...doing(todo) };
}

/** Works, and will not always. */
export function warning(id: string, seen: string, expected: string, todo?: Todo): Finding {
  return { id, severity: 'warning', seen, expected, ...doing(todo) };
}

/** Does not work. */
export function error(id: string, seen: string, expected: string, todo?: Todo): Finding {
  return { id, severity: 'error', seen, expected, ...doing(todo) };
}

export function worstOf(findings: readonly Finding[]): Severity {
  const worst = Math.max(0, ...findings.map(({ severity }) => SEVERITIES.indexOf(severity)));
  return SEVERITIES[worst]!;
}

function doing(todo: Todo | undefined): Pick<Finding, 'advice' | 'remedy'> {
  if (todo === undefined) return {};
  return typeof todo === 'string' ? { advice: todo } : { remedy: todo };
}

/** `expected WHAT for WHERE, received SEEN`, the one form of errors, in its parts; any other is what was seen. */
export function apart(message: string): { readonly seen: string; readonly expected?: string } {
  const [, expected, where, received] = /^expected (.*?) for (.*), received (.*)$/s.exec(message) ?? [];
  if (received === undefined) return { seen: message };
  return { expected: expected!, seen: `${where}: ${received === 'nothing' ? 'none' : received}` };
}
