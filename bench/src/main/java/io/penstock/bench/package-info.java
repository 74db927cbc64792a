/** Root package; see the module's README. */
@NullMarked
package io.penstock.bench;

import org.jspecify.annotations.NullMarked;
