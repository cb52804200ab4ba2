import { testSeeds } from './every-seed.ts';

testSeeds(1001, 1500);
