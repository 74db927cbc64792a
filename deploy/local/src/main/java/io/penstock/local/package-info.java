/** Root package; see the module's README. */
@NullMarked
package io.penstock.local;

import org.jspecify.annotations.NullMarked;
