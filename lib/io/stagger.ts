/**
 * Takes how many may pass in one turn of the event loop (1 or more); returns a function whose calls resolve so, in their
 * order. Answers that come together would else all be worked on before the first of the calls that follow goes out, since
 * undici uses a connection again only a turn later (client-h1, idle sockets): a burst would go in step, with nothing to do
 * in between. Some at a time, as their lines are then written together.
 */
export const createStagger = (perTurn: number): (() => Promise<void>) => {
  const waiting: (() => void)[] = [];
  const pass = (): void => {
    for (const resolve of waiting.splice(0, perTurn)) resolve();
    if (waiting.length > 0) setImmediate(pass);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(pass);
    });
};
