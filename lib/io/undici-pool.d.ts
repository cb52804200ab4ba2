/** Types for the one file of undici that we load: its index would double the bundle and the start-up time. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export default Pool;
}
