/** Pictures as they are sent, drawn on a canvas that is a stand-in. */
import { afterEach, expect, it, vi } from 'vitest';
import { drawJpeg, UnreadablePicture } from '../../client/picture.ts';

afterEach(() => void vi.unstubAllGlobals());

/** A canvas that is written as `blob`; it counts its pixels at that time. */
function canvasOf(blob: Blob | null) {
  const context = { fillRect: vi.fn(), drawImage: vi.fn() };
  const canvas = {
    width: 300,
    height: 150,
    written: 0,
    getContext: () => context,
    toBlob(done: (blob: Blob | null) => void) {
      canvas.written = canvas.width * canvas.height;
      done(blob);
    },
  };
  vi.stubGlobal('document', { createElement: () => canvas });
  return canvas;
}

const source = {} as ImageBitmap;

it.each([new Blob(['jpeg']), null])(
  'gives its pixels back once it is written as %o',
  async (blob) => {
    const canvas = canvasOf(blob);
    const drawn = drawJpeg(source, 640.4, 479.6);
    if (blob) expect(await drawn).toBe(blob);
    else await expect(drawn).rejects.toThrow(UnreadablePicture);
    expect(canvas.written).toBe(640 * 480);
    expect(canvas.width * canvas.height).toBe(0);
  },
);
