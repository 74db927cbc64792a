/**
 * Why no event is lost: the guarded consumer, its ledgers, intents and dead letters. The argument
 * is in docs/delivery.md.
 */
@NullMarked
package io.penstock.router.delivery;

import org.jspecify.annotations.NullMarked;
