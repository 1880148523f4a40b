/** Terms of the pictures that networks here were trained on, by the name of their pack. */

export interface DataTerms {
  readonly pack: RegExp;
  readonly set: string;
  readonly source: string;
  readonly terms: string;
}

/** The first that fits counts. */
const KNOWN: readonly DataTerms[] = [
  {
    pack: /celeba-wild/i,
    set: 'CelebA in the wild: the original photos, some 21 a person, labelled',
    source: 'CelebA (Liu et al. 2015), from github.com/matush97/faceRecognition',
    terms: 'non-commercial research',
  },
  {
    pack: /celeba-deepshield/i,
    set: 'CelebA: further pictures, labelled',
    source:
      'CelebA (Liu et al. 2015), from github.com/sakshisalunkhe601/DeepShield-AI-Image-Detector',
    terms: 'non-commercial research',
  },
  {
    pack: /celeba-test/i,
    set: 'CelebA: the last tenth of its pictures, labelled',
    source: 'CelebA (Liu et al. 2015), from github.com/Trung-Jeager-2019/validation',
    terms: 'non-commercial research',
  },
  {
    pack: /celeba-wide/i,
    set: 'CelebA at 256 px, numbered anew, without labels',
    source: 'CelebA (Liu et al. 2015), from github.com/1148030615/pretrain_CelebA',
    terms: 'non-commercial research',
  },
  {
    pack: /celeba-first/i,
    set: 'CelebA: of its first 10,000 pictures those that are not among the above, labelled',
    source: 'CelebA (Liu et al. 2015), from github.com/karthikSingireddy/cs389-hw4',
    terms: 'non-commercial research',
  },
  {
    pack: /celebahq/i,
    set: 'CelebA-HQ: men, without labels',
    source: 'CelebA-HQ (Karras et al. 2018), from github.com/SimplePro/HairStyleTransformer',
    terms: 'non-commercial research',
  },
  {
    pack: /celebrities/i,
    set: 'celebrities, without labels',
    source: 'github.com/Karimashraf01/Face-Mask-Detection-using-MobilenetV2',
    terms: 'an MIT repository; the pictures resemble CelebA',
  },
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
    pack: /^gen$|^generated/i,
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
  {
    pack: /zoya-generated/i,
    set: 'generated faces: nobody in particular, without labels',
    source: 'github.com/zoya2244/AI-Lab-Final-Project-FALL25',
    terms: 'none stated',
  },
  {
    pack: /basemax/i,
    set: 'generated faces: nobody in particular, without labels',
    source: 'github.com/BaseMax/FakeFaces',
    terms: 'a GPL-3.0 repository',
  },
  {
    pack: /zoya-ffhq/i,
    set: 'Flickr-Faces-HQ: a part, without labels',
    source: 'FFHQ (Karras et al. 2019), from github.com/zoya2244/AI-Lab-Final-Project-FALL25',
    terms: 'CC BY-NC-SA',
  },
  {
    pack: /ffhq/i,
    set: 'Flickr-Faces-HQ: a part at 128 px, without labels',
    source: 'FFHQ (Karras et al. 2019), from github.com/jamescalixto/face-memory',
    terms: 'CC BY-NC-SA',
  },
  {
    pack: /football/i,
    set: "athletes' portraits, without labels",
    source: 'github.com/Friendlykid/football-headshots',
    terms: 'none stated',
  },
  {
    pack: /southasian/i,
    set: 'South Asian faces of eight regions, without labels',
    source: 'github.com/armeetj/southasian-face-recognition-bias-analysis',
    terms: 'none stated',
  },
  {
    pack: /actors/i,
    set: 'actors, without labels',
    source: 'github.com/thainh11/ASM_ComputerVision',
    terms: 'none stated',
  },
  {
    pack: /officials/i,
    set: 'official portraits of members of the US Congress and governors, without labels',
    source:
      'github.com/voteview/member_photos, Hainish/congress-images-225x275, vharnathka/cse151a, CivilServiceUSA',
    terms: 'public domain or MIT',
  },
  {
    pack: /artflow/i,
    set: 'generated portraits, most of them as if painted: nobody in particular, without labels',
    source: 'github.com/initiative-sh/artflow-portraits, made with artflow.ai',
    terms: 'CC BY 4.0',
  },
  {
    pack: /further-portraits/i,
    set: 'generated faces, and 26 portraits from Flickr, without labels',
    source: 'github.com/homeinteriorai/portrait-assets, u1i/ai-faces, acani/fake_profile_pictures',
    terms: 'none stated; those from Flickr CC BY or CC BY-SA',
  },
  {
    pack: /^views$/i,
    set: 'faces made of the others (blended, warped, in other lights), without labels of persons',
    source: 'made by scripts/train/pictures/views.py',
    terms: 'those of the others',
  },
  {
    pack: /smaller-generated/i,
    set: 'generated faces: nobody in particular, without labels',
    source: 'seven smaller sets on github.com, which scripts/train/EXPERIMENTS.md names',
    terms: 'none stated',
  },
  {
    pack: /dfdc-both/i,
    set: 'DFDC: one frame a video, half of them manipulated, without labels',
    source: 'DFDC (Dolhansky et al. 2020), from github.com/i-Shreyansh/DeepFake-Detection',
    terms: 'an Apache-2.0 repository',
  },
  {
    pack: /dfdc/i,
    set: 'DFDC: one frame a video, nearly all of them not manipulated, without labels',
    source: 'DFDC (Dolhansky et al. 2020), from github.com/i-Shreyansh/DeepFake-Detection',
    terms: 'an Apache-2.0 repository',
  },
];

interface WeightTerms {
  readonly recipe: RegExp;
  readonly what: string;
}

/** Networks whose embeddings or weights ours were made from, by what the recipe says. */
const TEACHERS: readonly WeightTerms[] = [
  {
    recipe: /mobilefacenet/i,
    what: 'MobileFaceNet (arXiv:1804.07573) by foamliu, github.com/foamliu/MobileFaceNet, Apache-2.0; itself trained on a refined MS-Celeb-1M, a set that its makers have since withdrawn',
  },
  {
    recipe: /dlib/i,
    what: "dlib's face recognition ResNet by Davis King, CC0, from npm @vladmandic/face-api; itself trained on FaceScrub, VGG-Face and pictures from the web",
  },
  {
    recipe: /inception-generated/,
    what: 'inception-generated-3 (of this card) before it was rounded as it is now, with its teachers: MobileFaceNet and dlib',
  },
];

/** @param recipe as the network's metadata gives it */
export function teachersOf(recipe: string): readonly string[] {
  return TEACHERS.filter((teacher) => teacher.recipe.test(recipe)).map(({ what }) => what);
}

/** @param data names of packs, as the network's metadata gives them */
export function packsOf(data: string): readonly string[] {
  return data.split(/[\s,;]+/).filter(Boolean);
}

/** Terms of the packs that are known here. @param data as `packsOf` takes it */
export function termsOf(data: string): readonly (DataTerms & { readonly name: string })[] {
  return packsOf(data).flatMap((name) => {
    const known = KNOWN.find(({ pack }) => pack.test(name));
    return known === undefined ? [] : [{ ...known, name }];
  });
}
