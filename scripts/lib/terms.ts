/** What is known of the pictures that networks here were trained on, by the name of their pack. */

export interface DataTerms {
  readonly pack: RegExp;
  readonly set: string;
  readonly source: string;
  readonly terms: string;
}

const KNOWN: readonly DataTerms[] = [
  {
    pack: /celeba/i,
    set: 'CelebA identity samples: celebrities, 5 pictures a person, labelled',
    source: 'CelebA (Liu et al. 2015), from github.com/ShaharKSegal/CelebA_Samples',
    terms: 'non-commercial research',
  },
  {
    pack: /utk/i,
    set: 'UTKFace: ages 0 to 116, without labels',
    source: 'UTKFace (Zhang et al. 2017), from github.com/xerow03/UTKFace',
    terms: 'non-commercial research',
  },
  {
    pack: /aaf/i,
    set: 'All-Age-Faces: Asian faces, ages 2 to 80, without labels',
    source: 'github.com/middleyuan/All-Age-Faces-Dataset',
    terms: 'none stated; made for research',
  },
  {
    pack: /^gen$|generated/i,
    set: 'generated faces: nobody in particular, without labels',
    source: 'github.com/hmdghoul/generated-faces',
    terms: 'none stated',
  },
  {
    pack: /deepshield|^fake$/i,
    set: 'generated faces: nobody in particular, without labels',
    source: 'github.com/sakshisalunkhe601/DeepShield-AI-Image-Detector',
    terms: 'none stated',
  },
];

/** @param data the packs' names, as the network's metadata gives them */
export function termsOf(data: string): readonly (DataTerms & { readonly name: string })[] {
  return data
    .split(/[\s,;]+/)
    .filter(Boolean)
    .flatMap((name) => {
      const known = KNOWN.find(({ pack }) => pack.test(name));
      return known === undefined ? [] : [{ ...known, name }];
    });
}
