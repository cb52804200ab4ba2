/**
 * RFC 8785 in another way than the product's: JSON.stringify of values whose keys were sorted, which ours never number.
 */
export const sortedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, sortedKeys(member)] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
};
