/** Creates a certificate authority for one run, and a certificate for 127.0.0.1. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface Certificates {
  /** Paths of PEM files. */
  readonly caFile: string;
  readonly keyFile: string;
  readonly certFile: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
const SELF_SIGNED = ['req', '-x509', ...CURVE];
const LEAF = ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'];

/** Writes the files with `openssl`, whose error is thrown. Clients trust the authority by NODE_EXTRA_CA_CERTS. */
export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const [caFile, caKey] = [at('ca.pem'), at('ca-key.pem')];
  const [certFile, keyFile] = [at('certificate.pem'), at('key.pem')];
  openssl(...SELF_SIGNED, '-subj', '/CN=bench authority', '-keyout', caKey, '-out', caFile);
  openssl(
    ...SELF_SIGNED,
    '-subj',
    '/CN=127.0.0.1',
    ...LEAF,
    '-CA',
    caFile,
    '-CAkey',
    caKey,
    '-keyout',
    keyFile,
    '-out',
    certFile,
  );
  return { caFile, keyFile, certFile };
}
