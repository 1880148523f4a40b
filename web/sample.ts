/** Sample pictures for who has none at hand: one photo, and the same turned and darkened. */

const PORTRAIT = '/assets/portrait.jpg';
const DEGREES = 12;
const BRIGHTNESS = 0.6;

export async function samplePictures(): Promise<{ reference: Blob; probe: Blob }> {
  const response = await fetch(PORTRAIT);
  if (!response.ok) throw new Error(`${PORTRAIT}: ${response.status}`);
  const reference = await response.blob();
  return { reference, probe: await altered(reference) };
}

async function altered(picture: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(picture);
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.translate(width / 2, height / 2);
  context.rotate((DEGREES * Math.PI) / 180);
  context.drawImage(bitmap, -width / 2, -height / 2);
  context.resetTransform();
  context.fillStyle = `rgb(0 0 0 / ${1 - BRIGHTNESS})`;
  context.fillRect(0, 0, width, height);
  bitmap.close();
  return canvas.convertToBlob({ type: 'image/jpeg' });
}
