/** Result of a sorting: a table for programs, and a contact sheet for people. */
import { quoted } from '../csv.ts';
import type { AlbumFace } from './album.ts';

export interface SortedFace extends AlbumFace {
  /** Number of the group, from 1; null for a face that is like no other, or has reasons. */
  readonly group: number | null;
}

/** A picture without a usable face, and why. */
export interface Unusable {
  readonly file: string;
  readonly code: string;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** CSV (RFC 4180): a line a face, boxes in pixels of the upright picture. */
export function csv(faces: readonly SortedFace[]): string {
  const rows = faces.map(({ file, face, group, reasons, box: { x, y, width, height } }) => [
    quoted(file),
    face,
    group ?? '',
    ...[x, y, width, height].map(Math.round),
    reasons.join(' '),
  ]);
  return [['picture', 'face', 'group', 'x', 'y', 'width', 'height', 'reasons'], ...rows]
    .map((row) => `${row.join(',')}\r\n`)
    .join('');
}

const STYLE = `
body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; color-scheme: light dark }
section { border-top: 1px solid #8886; padding: .6rem 0 }
h2 { font-size: 1rem; margin: .2rem 0 }
ul { display: flex; flex-wrap: wrap; gap: 4px; list-style: none; margin: 0; padding: 0 }
img { display: block; width: 87px; height: 105px; border-radius: 4px }
details p { columns: 24em; overflow-wrap: anywhere }`;

/**
 * A page with a row for each person, the largest group first.
 *
 * @param pictures relative path of the pictures' folder, seen from the page, with `/` between folders
 */
export function contactSheet(
  faces: readonly SortedFace[],
  refused: readonly Unusable[],
  pictures: string,
): string {
  const groups = new Map<number | null, SortedFace[]>();
  for (const face of faces) groups.set(face.group, [...(groups.get(face.group) ?? []), face]);
  const [alone, below] = [true, false].map((isAlone) =>
    (groups.get(null) ?? []).filter(({ reasons }) => (reasons.length === 0) === isAlone),
  ) as [SortedFace[], SortedFace[]];
  groups.delete(null);
  const rows = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const section = (title: string, of: readonly SortedFace[]) =>
    `<section><h2>${title}</h2><ul>${of.map((face) => item(face, pictures)).join('')}</ul></section>`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Who is together</title><style>${STYLE}</style>
<h1>${rows.length === 1 ? '1 person' : `${rows.length} people`}, ${counted(faces.length, 'face')}</h1>
${rows.map(([group, of]) => section(`Group ${group}: ${counted(of.length, 'face')}`, of)).join('\n')}
${alone.length > 0 ? section(`Like no other: ${counted(alone.length, 'face')}`, alone) : ''}
${below.length > 0 ? section(`Below the quality floor: ${counted(below.length, 'face')}`, below) : ''}
${refused.length > 0 ? unusable(refused) : ''}
</html>
`;
}

function unusable(pictures: readonly Unusable[]): string {
  return `<details><summary>${counted(pictures.length, 'picture')} without a usable face</summary>
<p>${pictures.map(({ file, code }) => `${escaped(file)}: ${code}`).join('<br>')}</p></details>`;
}

function item({ file, thumbnail, reasons }: SortedFace, pictures: string): string {
  const address = `${pictures}/${file}`.split('/').map(encodeURIComponent).join('/');
  const name = escaped([file, ...reasons].join(', '));
  return `<li><a href="${escaped(address)}"><img loading="lazy" src="${thumbnail}" alt="${name}" title="${name}"></a></li>`;
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] as string);
}
