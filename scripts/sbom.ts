/**
 * `npm run -s sbom`: the bill of materials (CycloneDX) of what there is at run time, by the lock file. npm writes it;
 * what only development needs is taken out here, since `npm sbom --omit dev` also leaves out what both need (npm/cli,
 * issue 7909).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ARGS = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const MOST_BYTES = 64 * 1_048_576;

interface Property {
  readonly name: string;
  readonly value: string;
}

/** As much of a bill as is looked at; all else stays as it is. (CycloneDX 1.5) */
export interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly name: string;
    readonly version: string;
    readonly properties?: readonly Property[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const isDevelopment = ({ name, value }: Property): boolean =>
  name === 'cdx:npm:package:development' && value === 'true';

/**
 * The part of the bill that is there at run time. `name`: of the product, since npm takes that of the folder.
 */
function runtimeBill(bill: Bill, name: string): Bill {
  const components = bill.components.filter(({ properties = [] }) => !properties.some(isDevelopment));
  const gone = new Set(bill.components.filter((one) => !components.includes(one)).map((one) => one['bom-ref']));
  return {
    ...bill,
    metadata: { ...bill.metadata, component: { ...bill.metadata.component, name } },
    components,
    dependencies: bill.dependencies
      .filter(({ ref }) => !gone.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((to) => !gone.has(to)) })),
  };
}

/** The bill of what the package in `root` brings at run time. */
export function createBill(root: string): Bill {
  const { name }: { readonly name: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const bill: Bill = JSON.parse(execFileSync('npm', ARGS, { cwd: root, encoding: 'utf8', maxBuffer: MOST_BYTES }));
  return runtimeBill(bill, name);
}

if (import.meta.main) console.log(JSON.stringify(createBill(resolve(import.meta.dirname, '..')), null, 2));
