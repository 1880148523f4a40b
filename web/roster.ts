/** People of the page's gallery: enrolled here, listed, deleted. */
import type { Visavis } from '../client/api.ts';
import { ApiError } from '../client/problem.ts';
import type { Galleries, GallerySubject } from '../client/types.ts';
import type { Connector } from './connection.ts';
import { announce, find, make, whileBusy } from './dom.ts';
import { clearError, showError } from './errors.ts';
import { nameOf, nameProblem, subjectOf } from './names.ts';
import { takePicture } from './shutter.ts';
import { Thumbnails } from './thumbnails.ts';

/** The gallery that this page keeps people in. */
export const GALLERY = 'demo-page';

/** People listed; more are counted. */
const LISTED = 100;

export interface Roster {
  /** Asks the deployment who is there. */
  load(): Promise<void>;
  /** Fills the form in, for whoever has no picture at hand. */
  suggest(name: string, picture: Blob): void;
}

/** @param onChange called when somebody came or went */
export function startRoster(connector: Connector, onChange: () => void): Roster {
  const form = find<HTMLFormElement>('person');
  const name = find<HTMLInputElement>('person-name');
  const files = find<HTMLInputElement>('person-files');
  const camera = find<HTMLButtonElement>('person-camera');
  const error = find('person-error');
  const listError = find('people-error');
  const thumbnails = new Thumbnails(find('person-shots'), (removed) => {
    clearError(error);
    if (removed) camera.focus();
    camera.disabled = thumbnails.room === 0;
    files.disabled = thumbnails.room === 0;
  });

  const gallery = () => connector.get()?.api.gallery(GALLERY);

  async function load(): Promise<void> {
    if (!connector.connected) return;
    clearError(listError);
    const { api } = connector.connected;
    try {
      // A gallery that is not there, asked for by its name, is an error in the browser's console.
      if (!(await hasGallery(api))) return show([], false);
      const people = api.gallery(GALLERY).list({ limit: LISTED });
      const { subjects, cursor } = await people.catch(emptyWhereNone);
      show(subjects, cursor !== null);
    } catch (thrown) {
      showError(listError, thrown);
    }
  }

  function show(subjects: readonly GallerySubject[], more: boolean): void {
    find('people').replaceChildren(...subjects.toSorted(byName).map(item));
    find('people-more').hidden = !more;
    find('people-none').hidden = subjects.length > 0;
    find('people-delete').hidden = subjects.length === 0;
  }

  function item({ subject, templates, outdated }: GallerySubject): HTMLElement {
    const called = nameOf(subject);
    const pictures = templates.reduce((sum, template) => sum + template.pictures, 0);
    const remove = make('button', { type: 'button', class: 'link' }, 'Delete');
    remove.append(make('span', { class: 'visually-hidden' }, ` ${called}`));
    remove.addEventListener('click', () =>
      whileBusy(remove, 'Deleting…', () =>
        change(async () => {
          await gallery()?.remove(subject).catch(nothingWhereNone);
          return `${called} is deleted.`;
        }),
      ),
    );
    const from = `from ${pictures} ${pictures === 1 ? 'picture' : 'pictures'}`;
    const note = outdated ? `${from}; enrol again: the network has changed` : from;
    return make(
      'li',
      {},
      make('span', {}, make('strong', {}, called), ' ', make('span', { class: 'hint' }, note)),
      remove,
    );
  }

  /** Runs it, and shows who is there then. */
  async function change(work: () => Promise<string>): Promise<void> {
    clearError(listError);
    try {
      const said = await work();
      onChange();
      await load();
      find('people-title').focus();
      announce(said);
    } catch (thrown) {
      showError(listError, thrown);
    }
  }

  async function enrol(): Promise<void> {
    clearError(error);
    const store = gallery();
    if (!store) return;
    const called = name.value.trim();
    const images = thumbnails.pictures;
    try {
      await store.put(subjectOf(called), {
        images,
        unique: find<HTMLInputElement>('unique').checked,
      });
    } catch (thrown) {
      thumbnails.fail(error, thrown);
      tellWho(thrown);
      return;
    }
    form.reset();
    thumbnails.clear();
    onChange();
    await load();
    name.focus();
    announce(`${called} is enrolled.`);
  }

  function tellWho(thrown: unknown): void {
    const subject = thrown instanceof ApiError ? thrown.problem.subject : undefined;
    const title = error.querySelector('strong');
    if (subject !== undefined && title) {
      title.textContent = `This person is already enrolled, as ${nameOf(subject)}`;
    }
  }

  async function shoot(): Promise<void> {
    clearError(error);
    const picture = await takePicture();
    if (picture) thumbnails.add(picture);
  }

  files.addEventListener('change', async () => {
    const chosen = [...(files.files ?? [])];
    files.value = '';
    clearError(error);
    await thumbnails.addFiles(chosen, error);
  });
  camera.addEventListener('click', shoot);
  name.addEventListener('input', () => name.setCustomValidity(''));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    name.setCustomValidity(nameProblem(name.value));
    if (!form.reportValidity()) return;
    if (thumbnails.pictures.length === 0) {
      error.replaceChildren(make('strong', {}, 'Choose a picture of the person first'));
      error.hidden = false;
      files.focus();
      return;
    }
    void whileBusy(find('person-go'), 'Enrolling…', enrol);
  });
  find('people-delete').addEventListener('click', () => {
    if (!confirm('Delete the gallery, with everybody in it?')) return;
    void whileBusy(find('people-delete'), 'Deleting…', () =>
      change(async () => {
        await gallery()?.clear().catch(nothingWhereNone);
        return 'The gallery is deleted.';
      }),
    );
  });

  return {
    load,
    suggest(called, picture) {
      name.value = called;
      thumbnails.clear();
      thumbnails.add(picture);
    },
  };
}

async function hasGallery(api: Visavis): Promise<boolean> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Galleries = await api.galleries({ cursor });
    if (page.galleries.some(({ gallery }) => gallery === GALLERY)) return true;
    cursor = page.cursor;
  }
  return false;
}

/** Order of the list: random ids have none that helps. */
function byName(one: GallerySubject, other: GallerySubject): number {
  return nameOf(one.subject).localeCompare(nameOf(other.subject), 'en');
}

/** A gallery that nobody is in is not there. */
function emptyWhereNone(error: unknown) {
  nothingWhereNone(error);
  return { subjects: [], cursor: null };
}

/** Somebody else may have deleted it before. */
function nothingWhereNone(error: unknown): void {
  if (!(error instanceof ApiError && error.code === 'not_found')) throw error;
}
