/** The canary as EventBridge Scheduler would send it. */
import { resolveTemplate, type Template } from './resolve.ts';

export interface CanarySchedule {
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly Target: { readonly [field: string]: unknown; readonly Input: string };
}

/** The schedule of the canary in the packaged template; undefined if there is none. */
export const canarySchedule = (template: Template, CanaryKeyId: string, more: Readonly<Record<string, string>> = {}) =>
  resolveTemplate(template, { CanaryKeyId, ...more }).resources.CanarySchedule?.Properties as
    | (CanarySchedule & Readonly<Record<string, unknown>>)
    | undefined;

/** The input of a schedule with its context attributes replaced, as the user guide shows them. */
export const sentBy = (input: string, at: number, id: string): string =>
  input
    .replaceAll('<aws.scheduler.scheduled-time>', `${new Date(at).toISOString().slice(0, 19)}Z`)
    .replaceAll('<aws.scheduler.execution-id>', id);
