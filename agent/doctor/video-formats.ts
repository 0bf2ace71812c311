// What `v4l2-ctl --list-formats-ext` prints -> formats with their sizes and rates. Pure.

export interface VideoFormat {
  /** Four letters, as `MJPG` or `YUYV`. */
  readonly code: string;
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly fps: number }[];
}

/** Of each size the highest rate; of steps (`Stepwise 32x32 - 3280x2464`) the largest size, at 0 where no rate is told. */
export function videoFormats(text: string): VideoFormat[] {
  return text.split(/^\s*(?=\[\d+\]: ')/m).flatMap((part) => {
    const code = /^\[\d+\]: '(.{4})'/.exec(part)?.[1];
    return code === undefined ? [] : [{ code, sizes: sizesIn(part) }];
  });
}

function sizesIn(part: string): VideoFormat['sizes'] {
  return part
    .split(/^\s*(?=Size: )/m)
    .slice(1)
    .flatMap((lines) => {
      const size = [...lines.split('\n', 1)[0]!.matchAll(/(\d+)x(\d+)/g)].findLast(
        ([, width]) => Number(width) > 2,
      );
      if (size === undefined) return [];
      const rates = [...lines.matchAll(/\((?:[\d.]+-)?([\d.]+) fps\)/g)].map(([, fps]) => Number(fps));
      return [{ width: Number(size[1]), height: Number(size[2]), fps: Math.max(0, ...rates) }];
    });
}

/** `MJPG up to 1920x1080 at 30/s` */
export function formatText({ code, sizes }: VideoFormat): string {
  const largest = sizes.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
  if (largest === undefined) return code;
  const { width, height, fps } = largest;
  return `${code.trim()} up to ${width}x${height}${fps > 0 ? ` at ${Math.round(fps)}/s` : ''}`;
}
