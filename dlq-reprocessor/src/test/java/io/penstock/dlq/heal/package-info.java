@NullMarked
package io.penstock.dlq.heal;

import org.jspecify.annotations.NullMarked;
