// Source size and pixel shape -> the rectangle it fills within the input, as GStreamer's add-borders does. Pure.

import type { InputSize, Rect, Size } from './frame.js';

/** Width of a source pixel over its height. */
export interface PixelAspectRatio {
  readonly numerator: number;
  readonly denominator: number;
}

/** Where the picture lies within the input, by the input's own way of filling it. */
export function placeContent(source: Size, input: InputSize, pixel?: PixelAspectRatio): Rect {
  const { resize } = input;
  if (resize?.kind === 'stretch') return { x: 0, y: 0, width: input.width, height: input.height };
  const content = letterbox(source, input, pixel);
  return resize?.align === 'top-left' ? { ...content, x: 0, y: 0 } : content;
}

/** Grey level of what the picture leaves free. */
export function paddingOf({ resize }: InputSize): number {
  return resize?.kind === 'letterbox' ? resize.padding : 0;
}

/**
 * Largest centred rectangle of the picture's shape; sizes round down and an odd border is smaller at the
 * left or top, as in gst_video_scale_set_info of gst-plugins-base.
 *
 * @throws never; a source of one extreme shape still gets one pixel
 */
export function letterbox(source: Size, inputSize: Size, pixel?: PixelAspectRatio): Rect {
  const shapeWidth = source.width * (pixel?.numerator ?? 1);
  const shapeHeight = source.height * (pixel?.denominator ?? 1);
  const fullHeight = Math.floor((inputSize.width * shapeHeight) / shapeWidth);
  const fits = fullHeight <= inputSize.height;
  const width = fits ? inputSize.width : Math.floor((inputSize.height * shapeWidth) / shapeHeight);
  const height = fits ? fullHeight : inputSize.height;
  return {
    x: Math.floor((inputSize.width - width) / 2),
    y: Math.floor((inputSize.height - height) / 2),
    width: Math.max(1, width),
    height: Math.max(1, height),
  };
}
