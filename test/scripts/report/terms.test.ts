import { describe, expect, it } from 'vitest';
import { teachersOf, termsOf } from '../../../scripts/report/terms.ts';

describe('terms', () => {
  it('are known of packs by their names', () => {
    const found = termsOf('celeba utk something-else generated-faces deepshield-generated');
    expect(found.map(({ name }) => name)).toEqual([
      'celeba',
      'utk',
      'generated-faces',
      'deepshield-generated',
    ]);
    expect(found[0]?.terms).toBe('non-commercial research');
    expect(found[3]?.source).toContain('DeepShield');
    const further = termsOf('celeba-wild celeba-deepshield zoya-ffhq ffhq-128').map(
      ({ source }) => source,
    );
    expect(further.map((source) => source.split('github.com/')[1])).toEqual([
      'matush97/faceRecognition',
      'sakshisalunkhe601/DeepShield-AI-Image-Detector',
      'zoya2244/AI-Lab-Final-Project-FALL25',
      'jamescalixto/face-memory',
    ]);
  });

  it('name open licences, and where none is stated', () => {
    const open = termsOf('artflow-portraits further-portraits officials, views');
    expect(open.map(({ name }) => name)).toEqual([
      'artflow-portraits',
      'further-portraits',
      'officials',
      'views',
    ]);
    expect(open[0]?.terms).toBe('CC BY 4.0');
    expect(open[1]?.terms).toContain('none stated');
  });

  it('are known of teachers by the recipe', () => {
    const recipe = 'convert: from the layers of MobileFaceNet.onnx, no training';
    expect(teachersOf(recipe)).toEqual([expect.stringContaining('Apache-2.0')]);
    expect(teachersOf('distill: cosine 1, teacher dlib')).toEqual([expect.stringContaining('CC0')]);
    expect(teachersOf('mixed: cosine 1, teacher inception-generated-2')).toEqual([
      expect.stringContaining('with its teachers'),
    ]);
    expect(teachersOf('triplet: triplet 1')).toEqual([]);
  });
});
