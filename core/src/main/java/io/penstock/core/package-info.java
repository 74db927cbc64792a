/** Root package; see the module's README. */
@NullMarked
package io.penstock.core;

import org.jspecify.annotations.NullMarked;
