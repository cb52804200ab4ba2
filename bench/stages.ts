/** What children/stages-main.ts tells: processor time per record, in microseconds. */

export interface Stages {
  /** From the SQS record to the event: hash, unwrapping, schema. */
  readonly parse: number;
  /** From the event to its target. */
  readonly plan: number;
  /** Two records, made and written, without their chain. */
  readonly audit: number;
  /** Two records, linked: canonical form and SHA-256. */
  readonly chain: number;
  /** One call: request, connection, answer. */
  readonly call: number;
}
