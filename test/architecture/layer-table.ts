/** The table of layers as ARCHITECTURE.md shows it. */
import { LAYERS } from '../../scripts/imports/layers.ts';
import { layersOf } from '../../scripts/imports/rules.ts';

/** One row each: what the layer builds on, and its packages. `holds` tells whether a file belongs to it. */
export const LAYER_TABLE = LAYERS.map((layer) => ({
  name: layer.name,
  holds: { test: (path: string): boolean => layersOf(path).includes(layer) },
  buildsOn: layer.on,
  packages: layer.packages,
}));
