/** Section of the model card on the data that a network was trained on, and on its terms. */
import { table } from './format.ts';
import { packsOf, teachersOf, termsOf } from './terms.ts';

/** @param packs sets of its training, @param recipe how it was trained: of the metadata */
export function dataSection(packs: string, recipe: string): string {
  const known = termsOf(packs);
  const unknown = packsOf(packs).filter((pack) => known.every(({ name }) => name !== pack));
  const body = [
    known.length > 0 &&
      table(
        ['pack', 'what', 'from', 'terms'],
        known.map(({ name, set, source, terms }) => [name, set, source, terms]),
      ),
    unknown.length > 0 && `Terms not known here: ${unknown.join(', ')}.`,
    packs.trim() === '' && 'It was trained on no pictures here.',
    ...teachersOf(recipe).map(
      (what) =>
        `${recipe.includes('from the layers of') ? 'Made from the layers of' : 'Teacher'}: ${what}.`,
    ),
  ].filter((part) => part !== false);
  return `### Data and terms

${body.join('\n\n')}

The pictures are not part of this repository. The code is Apache-2.0; weights made from pictures for non-commercial research are for that: for commercial use take a network without them, or retrain on pictures of your own. People of the calibration and choosing sets, and people known from common benchmarks, were left out of our training.${
    body.some((text) => text.includes('MS-Celeb-1M'))
      ? " **Not of the teacher's:** MS-Celeb-1M is of celebrities too and could not be screened. Some people of LFW and of the calibration set are probably in it, so that accuracy may be too high here and false-accept rates among strangers to it higher."
      : ''
  }`;
}
