/**
 * A synthetic client whose events go the whole way, so that silence is not mistaken for health
 * (docs/operations/canary.md).
 */
@NullMarked
package io.penstock.provisioning.canary;

import org.jspecify.annotations.NullMarked;
