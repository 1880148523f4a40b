/** Sections of the model card that hold for every network here. */

export const TERMS = `**Terms of the weights:** \`mobilefacenet\` and \`mobilefacenet-int8\` Apache-2.0 (their author trained on MS-Celeb-1M); \`inception-generated-3\` was taught on generated faces, whose repositories mostly state no licence, and on portraits in the public domain or under MIT, CC BY or CC BY-SA: none of them limited to research; \`inception-small-2\` by \`inception-generated-3\` on a part of these; \`inception-4\` is for non-commercial research, because of the pictures that it was taught on. By default \`inception-small-2\` decides the clear cases and defers to \`mobilefacenet-int8\` in the others ([docs/cascade.md](../docs/cascade.md)).`;

export const WEAKNESSES = `## Known weaknesses

- Twins and close relatives are often taken for one person: no threshold mends that.
- A rate is for random other people in such photos. Among people of one sex, age and origin it is higher.
- Training and calibration pictures are mostly of celebrities: adults, in good light, facing the camera. Children, old age, many years between two pictures, profiles, dark or blurred pictures and faces under about 50 pixels do worse; of dark, blurred, tiny and covered ones only false accepts are measured ("The quality floor"), not how many of one person are refused.
- Nothing here tells a face from a picture of one (presentation attacks).
- LFW's pictures are of the web of the 2000s, mostly of white men; a high figure there does not promise one elsewhere.
- The score is a false-accept rate on the calibration set. It is not the probability that two pictures show one person.`;

export const RETRAIN = `## How to retrain

\`npm run tool -- train --data PHOTOS --out model/NAME\` makes a calibrated network of pictures of your own, a folder a person ([docs/training.md](../docs/training.md)). \`npm run tool -- card --model NAME --lfw SOURCE --pictures SOURCE --identities FILE\` measures it and writes its part of this card. Calibrate on people that the training has not seen.

Embeddings of one network cannot be compared with those of another, and thresholds hold for one network only.`;
