import { testSeeds } from './every-seed.ts';

testSeeds(501, 1000);
