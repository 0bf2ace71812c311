// What something long is at -> one line on standard error that is written over; lines of their own where that is no terminal.

export interface MovingLine {
  tell(words: string): void;
  /** Clears it. Safe to call twice. */
  end(): void;
}

export function movingLine(stream: NodeJS.WriteStream = process.stderr): MovingLine {
  let told = '';
  return {
    tell(words) {
      if (words === told) return;
      if (stream.isTTY) stream.write(`\r\u001b[K${words.slice(0, Math.max(1, stream.columns - 1))}`);
      // Numbers that count up would fill a log.
      else if (withoutNumbers(words) !== withoutNumbers(told)) stream.write(`${words}\n`);
      told = words;
    },
    end() {
      if (stream.isTTY && told !== '') stream.write('\r\u001b[K');
      told = '';
    },
  };
}

function withoutNumbers(words: string): string {
  return words.replaceAll(/[\d.]+/g, '');
}
