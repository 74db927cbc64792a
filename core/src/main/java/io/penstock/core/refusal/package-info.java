/** Why a record is refused, where, and whether a replay may help. */
@NullMarked
package io.penstock.core.refusal;

import org.jspecify.annotations.NullMarked;
