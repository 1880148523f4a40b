/** False accepts by group, as a table. */
import type { GroupReport } from '../evaluate/groups.ts';
import { integer, rate, table } from './format.ts';

/** @param fars the rates to show; default: all that were measured */
export function groupTable(groups: readonly GroupReport[], fars?: readonly number[]): string {
  const shown = (groups[0]?.rates ?? [])
    .map(({ far }) => far)
    .filter((far) => fars === undefined || fars.includes(far));
  return table(
    [
      'two people of the same',
      'group',
      'pictures',
      'pairs',
      ...shown.map((far) => `at FAR ${rate(far)}`),
    ],
    groups.map(({ grouping, group, pictures, pairs, rates }) => [
      grouping,
      group,
      integer(pictures),
      integer(pairs),
      ...shown.map((far) => {
        const found = rates.find((r) => r.far === far);
        if (found === undefined) return '';
        return `${rate(found.measured)} (${found.interval.map(rate).join(' to ')})`;
      }),
    ]),
  );
}
