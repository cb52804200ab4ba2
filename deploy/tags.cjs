/** Tags of the stack, which CloudFormation gives to every resource that can have them. The packager calls this. */

/** What CloudFormation accepts, without the comma that separates tags. (Tag, Key and Value) */
const TAG = /^(?!aws:)([\w .:/+@-]{1,128})=([\w .:/=+@-]{0,256})$/;

module.exports = async ({ resolveVariable }) => {
  const texts = (await resolveVariable('param:tags')).split(',').map((text) => text.trim());
  const given = texts.filter((text) => text !== '');
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = TAG.exec(text) ?? [];
      if (name === undefined)
        throw new Error('tags: expected name=value, comma-separated, and no name that begins with aws:');
      return [name.trim(), value];
    }),
  );
};
