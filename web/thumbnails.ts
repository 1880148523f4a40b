/** Pictures of one person, as thumbnails that can be taken away again. */
import { preparePicture } from '../client/browser.ts';
import { ApiError } from '../client/problem.ts';
import { announce, make } from './dom.ts';
import { showError, showExplanation } from './errors.ts';
import { explain } from './words.ts';

/** Pictures that one template is made of, at most. */
const MAX_PICTURES = 5;

interface Thumbnail {
  readonly picture: Blob;
  readonly address: string;
}

export class Thumbnails {
  #shown: Thumbnail[] = [];
  /** Count of clearings: what was being read before one is not added after it. */
  #clearings = 0;

  /** @param list `ul` of the thumbnails @param onChange called after a picture came or went */
  constructor(
    private readonly list: HTMLElement,
    private readonly onChange: (removed: boolean) => void,
  ) {}

  get pictures(): readonly Blob[] {
    return this.#shown.map(({ picture }) => picture);
  }

  /** Room that is left. */
  get room(): number {
    return MAX_PICTURES - this.#shown.length;
  }

  /** Adds a picture where there is room. */
  add(picture: Blob): void {
    if (this.room <= 0) return;
    this.#shown.push({ picture, address: URL.createObjectURL(picture) });
    this.#show();
    this.onChange(false);
    announce(`Picture ${this.#shown.length} of at most ${MAX_PICTURES} is added.`);
  }

  /** Adds files as far as there is room, and says in the box which are left out. */
  async addFiles(files: readonly File[], box: HTMLElement): Promise<void> {
    const unread: string[] = [];
    let over = 0;
    const clearings = this.#clearings;
    for (const file of files) {
      if (this.room <= 0) over++;
      else {
        const picture = await preparePicture(file).catch(() => undefined);
        if (this.#clearings !== clearings) return;
        if (picture) this.add(picture);
        else unread.push(file.name);
      }
    }
    if (unread.length > 0) {
      const hint = `Left out: ${unread.join(', ')}.`;
      showExplanation(box, { title: 'Not a picture your browser can read', hint });
    } else if (over > 0) {
      const hint = `${over === 1 ? '1 picture is' : `${over} pictures are`} left out.`;
      showExplanation(box, { title: `At most ${MAX_PICTURES} pictures`, hint });
    }
  }

  clear(): void {
    this.#clearings++;
    for (const { address } of this.#shown) URL.revokeObjectURL(address);
    this.#shown = [];
    this.#show();
    this.onChange(false);
  }

  /** Shows what was thrown, and which picture it is about where there are several. */
  fail(box: HTMLElement, thrown: unknown): void {
    showError(box, thrown);
    const index = faultyPicture(thrown);
    if (index === undefined || this.#shown.length < 2) return;
    const title = box.querySelector('strong');
    if (title) title.textContent = `Picture ${index + 1}: ${explain(thrown).title}`;
    this.#show(index);
  }

  #show(faulty = -1): void {
    this.list.replaceChildren(
      ...this.#shown.map((thumbnail, index) => {
        const name = `Picture ${index + 1}`;
        const remove = make('button', { type: 'button', class: 'remove' }, '×');
        remove.setAttribute('aria-label', `Remove picture ${index + 1}`);
        remove.addEventListener('click', () => this.#remove(thumbnail, name));
        const fault = index === faulty;
        const image = make('img', {
          src: thumbnail.address,
          alt: fault ? `${name}, refused` : name,
        });
        return make('li', { class: fault ? 'fault' : '' }, image, remove);
      }),
    );
  }

  #remove(thumbnail: Thumbnail, name: string): void {
    URL.revokeObjectURL(thumbnail.address);
    this.#shown = this.#shown.filter((other) => other !== thumbnail);
    this.#show();
    this.onChange(true);
    announce(`${name} is removed.`);
  }
}

/** Index of the picture at fault, from a field as `image[2]`. */
function faultyPicture(thrown: unknown): number | undefined {
  const field = thrown instanceof ApiError ? thrown.problem.field : undefined;
  const index = /^image\[(\d+)\]$/.exec(field ?? '')?.[1];
  return index === undefined ? undefined : Number(index);
}
