/** Under Stryker a failing property need not be shrunk: that it fails is all. */
import fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true });
