// For the command line of dependency-cruiser, such as `npx depcruise lib --output-type mermaid`. The rules are those of
// `npm run check`.
export { CONFIGURATION as default } from './scripts/imports/rules.ts';
