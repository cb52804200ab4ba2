import { testSeeds } from './every-seed.ts';

testSeeds(1, 500);
