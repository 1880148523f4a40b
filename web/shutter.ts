/** A dialog that takes one picture with the camera. */
import { Camera } from '../client/browser.ts';
import { find } from './dom.ts';
import { explain } from './words.ts';

/** @returns undefined when the person closes it without a picture */
export function takePicture(): Promise<Blob | undefined> {
  const dialog = find<HTMLDialogElement>('shutter');
  const take = find<HTMLButtonElement>('shutter-take');
  const error = find('shutter-error');
  error.hidden = true;
  return new Promise((resolve) => {
    let camera: Camera | undefined;
    let picture: Blob | undefined;
    const events = new AbortController();
    const { signal } = events;
    const fail = (thrown: unknown) => {
      if (signal.aborted) return; // the window is closed, or another's by now
      const { title, hint } = explain(thrown);
      error.textContent = `${title}. ${hint}`;
      error.hidden = false;
    };
    const onTake = async () => {
      try {
        picture = await camera?.frame();
        if (!signal.aborted) dialog.close();
      } catch (thrown) {
        fail(thrown);
      }
    };
    take.addEventListener('click', onTake, { signal });
    find('shutter-cancel').addEventListener('click', () => dialog.close(), { signal });
    dialog.addEventListener(
      'close', // by a button or by Escape
      () => {
        events.abort();
        camera?.close();
        resolve(picture);
      },
      { signal },
    );
    take.disabled = true;
    dialog.showModal();
    Camera.open(find<HTMLVideoElement>('shutter-video'), { signal }).then((opened) => {
      camera = opened;
      take.disabled = false;
      take.focus();
    }, fail);
  });
}
