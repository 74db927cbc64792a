@NullMarked
package io.penstock.core.intake;

import org.jspecify.annotations.NullMarked;
