/** Section of the model card on the data that a network has learnt from, and on its terms. */
import { table } from './format.ts';
import { teachersOf, termsOf } from './terms.ts';

/** @param packs sets of its training, @param recipe what it was taught by: of the metadata */
export function dataSection(packs: string, recipe: string): string {
  const rows = termsOf(packs).map(({ name, set, source, terms }) => [name, set, source, terms]);
  const body =
    rows.length > 0
      ? table(['pack', 'what', 'from', 'terms'], rows)
      : `The network's metadata names: ${packs || 'nothing'}. Their terms are those of whoever collected them.`;
  const teachers = teachersOf(recipe).map(
    (what) =>
      `\n\n${recipe.includes('from the layers of') ? 'Teacher, some of whose layers it has' : 'Teacher'}: ${what}.`,
  );
  return `### Data and terms

${body}${teachers.join('')}

The pictures are not part of this repository. The code is Apache-2.0; weights made from pictures for non-commercial research are for that: for commercial use take a network without them, or retrain on pictures of your own. People of the calibration and choosing sets, and people known from common benchmarks, were left out of our training.${
    teachers.some((text) => text.includes('MS-Celeb-1M'))
      ? " **Not of the teacher's:** MS-Celeb-1M is of celebrities too and could not be screened. Some people of LFW and of the calibration set are probably in it, so that accuracy may be too high here and false-accept rates among strangers to it higher."
      : ''
  }`;
}
