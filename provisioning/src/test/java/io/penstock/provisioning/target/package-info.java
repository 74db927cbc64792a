@NullMarked
package io.penstock.provisioning.target;

import org.jspecify.annotations.NullMarked;
