/** Fetches pinned npm packages once per user, for what Maven's repositories do not hold. */
@NullMarked
package io.penstock.local.npm;

import org.jspecify.annotations.NullMarked;
