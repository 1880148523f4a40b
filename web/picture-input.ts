/** A place for one picture: dropped, picked or taken; and what was found in it. */
import { preparePicture } from '../client/browser.ts';
import type { FaceReport } from '../client/types.ts';
import { announce, make, svg } from './dom.ts';
import { drawMarks } from './facemarks.ts';
import { takePicture } from './shutter.ts';
import { explain } from './words.ts';

export class PictureInput {
  #picture: Blob | undefined;
  #address = '';
  #reading: Promise<void> = Promise.resolve();
  readonly #frame = make('div', { class: 'frame' });
  readonly #error = make('p', { class: 'error', role: 'alert', hidden: true });
  readonly #choose = make('input', { type: 'file', accept: 'image/*', class: 'visually-hidden' });
  readonly #camera = make('button', { type: 'button', class: 'button' }, 'Camera');

  constructor(
    fieldset: HTMLElement,
    private readonly name: string,
    private readonly onChange: () => void,
  ) {
    this.#error.id = `${fieldset.id}-error`;
    this.#choose.setAttribute('aria-describedby', this.#error.id);
    const label = make('label', { class: 'button' }, 'Choose');
    label.append(make('span', { class: 'visually-hidden' }, ` ${name} picture`), this.#choose);
    this.#camera.append(make('span', { class: 'visually-hidden' }, ` for the ${name} picture`));
    fieldset.append(this.#frame, make('div', { class: 'slot-buttons' }, label, this.#camera));
    fieldset.append(this.#error);
    this.#choose.addEventListener('change', () => {
      const [file] = this.#choose.files ?? [];
      this.#choose.value = ''; // else the same file again would be no change
      if (file) void this.take(file);
    });
    this.#camera.addEventListener('click', async () => {
      const picture = await takePicture();
      if (picture) await this.take(picture);
    });
    this.#acceptDrops();
    this.#show();
  }

  /** Promise of the picture that was chosen last, once it has been read. */
  get settled(): Promise<void> {
    return this.#reading;
  }

  get picture(): Blob | undefined {
    return this.#picture;
  }

  get image(): HTMLImageElement | null {
    return this.#frame.querySelector('img');
  }

  /** Shows the faces that the answer tells of in this picture, numbered where they are several. */
  mark(...faces: readonly FaceReport[]): void {
    for (const marks of this.#frame.querySelectorAll('.marks')) marks.remove();
    const image = this.image;
    if (!image) return;
    for (const [i, face] of faces.entries()) {
      this.#frame.append(drawMarks(image, face, faces.length > 1 ? String(i + 1) : undefined));
    }
  }

  fail(text: string | undefined): void {
    this.#error.textContent = text ?? '';
    this.#error.hidden = text === undefined;
    this.#choose.setAttribute('aria-invalid', String(text !== undefined));
  }

  focus(): void {
    this.#choose.focus();
  }

  /** Takes the picture away. */
  clear(): Promise<void> {
    this.#picture = undefined;
    this.fail(undefined);
    this.onChange();
    return this.#show();
  }

  /** Puts a picture here, as if it was chosen. */
  take(file: Blob): Promise<void> {
    // One after the other, so that the last one chosen is the one that stays.
    this.#reading = this.#reading.then(() => this.#read(file));
    return this.#reading;
  }

  async #read(file: Blob): Promise<void> {
    this.fail(undefined);
    this.#frame.replaceChildren(make('p', { class: 'busy' }, 'Reading…'));
    this.#frame.classList.remove('full');
    try {
      this.#picture = await preparePicture(file);
    } catch (error) {
      this.#picture = undefined;
      const { title, hint } = explain(error);
      this.fail(`${title}. ${hint}`);
    }
    await this.#show();
    this.onChange();
  }

  async #show(): Promise<void> {
    URL.revokeObjectURL(this.#address);
    this.#frame.classList.toggle('full', this.#picture !== undefined);
    if (!this.#picture) {
      const icon = svg('svg', {
        class: 'empty-icon',
        viewBox: '0 0 24 24',
        width: 34,
        height: 34,
        'aria-hidden': 'true',
      });
      icon.append(
        svg('circle', { cx: 12, cy: 9, r: 4 }),
        svg('path', { d: 'M4 21a8 8 0 0 1 16 0' }),
      );
      const text = make('span', { class: 'empty' }, icon, 'Drop or paste a picture here');
      this.#frame.replaceChildren(text);
      return;
    }
    this.#address = URL.createObjectURL(this.#picture);
    const image = make('img', { src: this.#address, alt: `The ${this.name} picture` });
    const remove = make('button', { type: 'button', class: 'remove' }, '×');
    remove.setAttribute('aria-label', `Remove the ${this.name} picture`);
    remove.addEventListener('click', () => {
      void this.clear();
      this.focus();
      announce(`The ${this.name} picture is removed.`);
    });
    this.#frame.replaceChildren(image, remove);
    await image.decode().catch(() => {}); // made by us a moment ago
    announce(`The ${this.name} picture is ready.`);
  }

  #acceptDrops(): void {
    const frame = this.#frame;
    const over = (event: DragEvent, on: boolean) => {
      event.preventDefault();
      frame.classList.toggle('over', on);
    };
    frame.addEventListener('dragover', (event) => over(event, true));
    frame.addEventListener('dragleave', (event) => over(event, false));
    frame.addEventListener('drop', (event) => {
      over(event, false);
      const [file] = event.dataTransfer?.files ?? [];
      if (file) void this.take(file);
    });
  }
}
