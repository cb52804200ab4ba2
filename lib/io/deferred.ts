/** Code that no leaked key needs in the ordinary case, and that a start does not read. */

/** `load` is called with the first call, and again after one that failed: a burst may leave no file descriptor. */
export const once = <Loaded>(load: () => Promise<Loaded>): (() => Promise<Loaded>) => {
  let loading: Promise<Loaded> | undefined;
  const failed = (error: unknown): never => {
    loading = undefined;
    throw error;
  };
  return () => {
    loading ??= load().catch(failed);
    return loading;
  };
};

/** All of its methods return promises. */
type Port<Methods> = { readonly [Name in keyof Methods]: (...args: never[]) => Promise<unknown> };

/** A port that is loaded with the first call of a method. It can be called, but not spread: it has no keys. */
export const deferred = <Methods extends Port<Methods>>(load: () => Promise<Methods>): Methods => {
  const port = once(load);
  const get = (_target: object, name: string | symbol) => {
    return async (...args: never[]): Promise<unknown> => (await port())[name as keyof Methods](...args);
  };
  return new Proxy({}, { get }) as Methods;
};
