/** A fake STS with the only call that the CLI makes: GetCallerIdentity. (AWS query protocol, STS API reference) */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Listening, listenOnLoopback } from './listen.ts';

const ACCOUNT = '000000000000';

/** As on the embedded queue, a role's key signs as `<role id>:<session>`, and any other key is its user's id. */
const identityOf = (key: string): { readonly arn: string; readonly userId: string } =>
  key.startsWith('AROA')
    ? { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${key}/session`, userId: `${key}:session` }
    : { arn: `arn:aws:iam::${ACCOUNT}:user/${key}`, userId: key };

const answerFor = ({ arn, userId }: ReturnType<typeof identityOf>): string =>
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' +
  `<GetCallerIdentityResult><Arn>${arn}</Arn><UserId>${userId}</UserId><Account>${ACCOUNT}</Account>` +
  '</GetCallerIdentityResult><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata>' +
  '</GetCallerIdentityResponse>';

/** Starts on a free port. Accepts every alphanumeric access key. */
export const startStsServer = (): Promise<Listening> =>
  listenOnLoopback(
    createServer(async (request, response) => {
      const asked = new URLSearchParams(await text(request)).get('Action');
      const [, key] = /Credential=([A-Za-z0-9]+)\//.exec(request.headers.authorization ?? '') ?? [];
      if (asked !== 'GetCallerIdentity' || key === undefined) {
        response.writeHead(403, { 'content-type': 'text/xml' }).end('<ErrorResponse><Error/></ErrorResponse>');
        return;
      }
      response.writeHead(200, { 'content-type': 'text/xml' }).end(answerFor(identityOf(key)));
    }),
  );
