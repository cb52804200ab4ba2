import type { SQSRecord } from 'aws-lambda';
import { deliveryOf, type Lanes, laneOf } from '../../lib/consume/delivery.ts';
import type { Delivery } from '../../lib/context.ts';
import type { SenderSettings } from '../../lib/model/sender.ts';

/** The delivery of a record, as a batch makes it; undefined: the record is of none of the queues. */
export const deliveryIn = (
  record: SQSRecord,
  {
    lanes,
    ...facts
  }: { readonly lanes: Lanes; readonly senders: SenderSettings; readonly sha256: (text: string) => string },
): Delivery | undefined => {
  const lane = laneOf(record, lanes);
  return lane && deliveryOf({ record, lane }, facts);
};
