@NullMarked
package io.penstock.core.run;

import org.jspecify.annotations.NullMarked;
