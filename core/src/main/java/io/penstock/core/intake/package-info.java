/**
 * Judges one record: parses it by the contract, looks its client up and checks its key. The router
 * uses it, and the forecast of a replay.
 */
@NullMarked
package io.penstock.core.intake;

import org.jspecify.annotations.NullMarked;
