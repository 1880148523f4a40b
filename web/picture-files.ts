/** Files that are chosen or dropped, folders with all that is in them. */

/** Pictures by their names' order; other files, as a folder has them, are left out. */
export function pictureFiles(files: Iterable<File>): File[] {
  return [...files]
    .filter(({ type, name }) => type.startsWith('image/') || /\.(heic|heif|avif)$/i.test(name))
    .filter(({ type, name }) => type !== 'image/svg+xml' && !name.startsWith('.'))
    .sort((a, b) => pathOf(a).localeCompare(pathOf(b), 'en', { numeric: true }));
}

/** Keeps the page: a browser opens a file that is dropped beside its place, and all is lost. */
export function keepPageFromDrops(): void {
  for (const type of ['dragover', 'drop'] as const) {
    addEventListener(type, (event) => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'none';
    });
  }
}

/** Hands over the pictures that are pasted while this part of the page is in sight. */
export function onPaste(part: HTMLElement, take: (files: readonly File[]) => void): void {
  addEventListener('paste', (event) => {
    const files = pictureFiles(event.clipboardData?.files ?? []);
    if (files.length === 0 || !part.checkVisibility()) return;
    event.preventDefault();
    take(files);
  });
}

/** Path below the chosen folder, or the name alone. */
export function pathOf(file: File): string {
  return file.webkitRelativePath || file.name;
}

/** All files of a drop. Has to be called in the event itself: its items are gone afterwards. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files =
    entries.length > 0 ? await Promise.all(entries.map(filesOf)) : [[...transfer.files]];
  return files.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (isFile(entry)) {
    return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  for (;;) {
    // A reader gives some at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return files;
    for (const inner of some) files.push(...(await filesOf(inner)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
