import { testSeeds } from './every-seed.ts';

testSeeds(1501, 2000);
