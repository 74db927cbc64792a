/** Tests of the whole, as it is installed. */
@NullMarked
package io.penstock.it;

import org.jspecify.annotations.NullMarked;
