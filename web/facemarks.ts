/** Marks of a face: its box and landmarks drawn over the picture, and the crop that was read. */
import type { FaceReport } from '../client/types.ts';
import { alignment, CROP_HEIGHT, CROP_WIDTH } from '../worker/face/alignment/align.ts';
import { make, svg } from './dom.ts';

/**
 * Drawn in pixels of the picture, and fitted into the frame as the picture itself is.
 *
 * @param label shown at the box
 */
export function drawMarks(
  image: HTMLImageElement,
  { box, landmarks }: FaceReport,
  label?: string,
): SVGElement {
  const { naturalWidth: width, naturalHeight: height } = image;
  const line = Math.max(width, height) / 120;
  return svg(
    'svg',
    { class: 'marks', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    svg('rect', { ...box, rx: line * 2, 'stroke-width': line }),
    ...Object.values(landmarks).map(({ x, y }) =>
      svg('circle', { cx: x, cy: y, r: line * 1.3, 'stroke-width': line / 3 }),
    ),
    label !== undefined &&
      svg(
        'text',
        { x: box.x + box.width + line, y: box.y + line * 5, 'font-size': line * 6 },
        label,
      ),
  );
}

/**
 * The aligned face as the network got it, but for the sampling: cut here, by the Worker's own
 * transform, so that no picture has to come back.
 */
export function cutCrop(image: HTMLImageElement, face: FaceReport, label: string) {
  const canvas = make('canvas', { width: CROP_WIDTH, height: CROP_HEIGHT, role: 'img' });
  canvas.setAttribute('aria-label', label);
  const context = canvas.getContext('2d');
  if (context) {
    const { a, b, c, d, e, f } = alignment(face.landmarks);
    const toPicture = new DOMMatrix([a, d, b, e, c, f]);
    context.imageSmoothingQuality = 'high';
    context.setTransform(toPicture.inverse());
    context.drawImage(image, 0, 0);
  }
  return canvas;
}
