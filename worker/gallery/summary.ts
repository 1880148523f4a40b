/** Summary of a gallery, stored beside its pages: it is described without opening any of them. */
import type { Counts } from './gallery-store.ts';

export interface Summary {
  /** Seconds since 1970. */
  readonly changedAt: number;
  readonly subjects: number;
  /** Templates of each network, and the subjects that have any of it. */
  readonly networks: readonly {
    readonly model: string;
    readonly templates: number;
    readonly subjects: number;
  }[];
}

/** Numbers for one network. */
export function countOf({ subjects, networks }: Omit<Summary, 'changedAt'>, model: string): Counts {
  const own = networks.find((network) => network.model === model);
  return { size: own?.templates ?? 0, subjects, outdated: subjects - (own?.subjects ?? 0) };
}
