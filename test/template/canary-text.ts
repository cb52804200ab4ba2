/** The canary as EventBridge Scheduler would send it. */
import { resolveTemplate, type Template } from './resolve.ts';

export interface CanarySchedule {
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly Target: { readonly [field: string]: unknown; readonly Input: string };
}

/**
 * Takes the packaged template, the test key and more parameters; returns the schedule, or undefined when there is none.
 */
export const canarySchedule = (template: Template, CanaryKeyId: string, more: Readonly<Record<string, string>> = {}) =>
  resolveTemplate(template, { CanaryKeyId, ...more }).resources.CanarySchedule?.Properties as
    | (CanarySchedule & Readonly<Record<string, unknown>>)
    | undefined;

/**
 * Takes a schedule's input, a time (epoch ms) and an id; returns the text with its context attributes in place, as the
 * user guide shows them.
 */
export const sentBy = (input: string, at: number, id: string): string =>
  input
    .replaceAll('<aws.scheduler.scheduled-time>', `${new Date(at).toISOString().slice(0, 19)}Z`)
    .replaceAll('<aws.scheduler.execution-id>', id);
