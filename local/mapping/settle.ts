/**
 * One invocation of the event source mapping: run the function in time, read its answer, delete what it proved done.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { Queue } from '../queues.ts';
import { readBatchResponse } from './response.ts';

export interface Invocation {
  readonly requestId: string;
  readonly timeoutMs: number;
}

export interface Target {
  readonly sqs: SQSClient;
  readonly queue: Queue;
  readonly functionTimeoutMs: number;
  /** What a cold start may take beside the time-out of the function (10,000 ms, as on Lambda). */
  readonly initTimeoutMs?: number;
  /** Runs the function. A rejection, or no answer in time, is a failed invocation. */
  invoke(event: SQSEvent, invocation: Invocation): Promise<unknown>;
}

/** `failed`: nothing was deleted, because the function threw, was late, or answered what Lambda reads as failure. */
export interface Settled {
  readonly failed: boolean;
  readonly deleted: number;
  /** Records that were to be deleted and could not be: they come again. */
  readonly deleteFailures: number;
}

const INIT_TIMEOUT_MS = 10_000;
/** The most that one DeleteMessageBatch takes (SQS API reference). */
const DELETE_AT_MOST = 10;

/** Runs the function. Returns its answer; rejects when it throws or gives none in time. */
const invokeInTime = async (target: Target, records: readonly SQSRecord[]): Promise<unknown> => {
  const timeoutMs = target.functionTimeoutMs;
  const answered = new AbortController();
  const tooLate = pause(timeoutMs + (target.initTimeoutMs ?? INIT_TIMEOUT_MS), undefined, { signal: answered.signal });
  const run = async () => target.invoke({ Records: [...records] }, { requestId: randomUUID(), timeoutMs });
  try {
    return await Promise.race([run(), tooLate.then(() => Promise.reject(new Error('no answer in time')))]);
  } finally {
    answered.abort();
  }
};

/** The records that Lambda deletes after this invocation; undefined after a complete failure. */
const doneRecords = async (
  target: Target,
  records: readonly SQSRecord[],
): Promise<readonly SQSRecord[] | undefined> => {
  try {
    const ids = records.map(({ messageId }) => messageId);
    const verdict = readBatchResponse(await invokeInTime(target, records), ids);
    if (verdict.kind === 'failure') return undefined;
    return verdict.kind === 'success' ? records : records.filter(({ messageId }) => !verdict.failed.has(messageId));
  } catch {
    return undefined;
  }
};

/** Deletes the records, ten at a time. Returns how many were not: the answer is 200 with a list `Failed`. */
const deleteRecords = async ({ sqs, queue }: Target, records: readonly SQSRecord[]): Promise<number> => {
  let failures = 0;
  for (let at = 0; at < records.length; at += DELETE_AT_MOST) {
    const chunk = records.slice(at, at + DELETE_AT_MOST);
    const Entries = chunk.map(({ receiptHandle }, id) => ({ Id: String(id), ReceiptHandle: receiptHandle }));
    failures += await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries })).then(
      ({ Failed: failed = [] }) => failed.length,
      () => chunk.length,
    );
  }
  return failures;
};

/** Invokes the function with the records and deletes those that its answer settles. Never rejects. */
export const invokeAndSettle = async (target: Target, records: readonly SQSRecord[]): Promise<Settled> => {
  const done = await doneRecords(target, records);
  const deleteFailures = await deleteRecords(target, done ?? []);
  return { failed: done === undefined, deleted: (done?.length ?? 0) - deleteFailures, deleteFailures };
};
